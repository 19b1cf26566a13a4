/** What a message that is dropped leaves behind, then what goes; one of them says whether it went. */
export const drops = [
  'leave-plain',
  'leave-first',
  'leave-others',
  'drop-entries',
  'drop-message',
  'drop-state',
] as const;
/** The same for many at a time that have ended plainly. */
export const plainDrops = [
  'leave-ended',
  'drop-ended-entries',
  'drop-ended-states',
  'drop-ended-messages',
  'drop-ends',
] as const;
