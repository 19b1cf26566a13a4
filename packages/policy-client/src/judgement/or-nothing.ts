/** What a look finds; nothing where it throws. For what is judged in full then, so that the fault is told. */
export const orNothing = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};
