import { changes } from './changes.js';
import { conclusion, state } from './state.js';
import { topicChanges } from './topics.js';
import { upkeep } from './upkeep.js';

/**
 * Everything that happens to what was admitted: leases, their ends, decisions, what falls due, what is dropped. Its first line
 * changes nothing: where memory is full, Redis lets a script write on that has written, and work must be able to end.
 *
 * ARGV: one operation after the other, each by its letter; see below.
 */
export const workScript = `${state}
call('PERSIST', S)
local results = {}
${changes}
${topicChanges}
${upkeep}
while at <= #ARGV do
  local operation = take()
  results[#results + 1] = operations[operation]()
end
flush()
for mailbox, unfinished in pairs(ended) do
  if call('EXISTS', unfinished) == 0 then
    call('SREM', MB, mailbox)
    if call('HDEL', PE, mailbox) == 1 then call('DEL', base .. ':ps:' .. mailbox) end
  end
end
${conclusion}`;
