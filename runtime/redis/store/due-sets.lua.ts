/**
 * Lua: `due_sets(from, prefix)` gives, by handler, the sorted sets of due retries that KEYS names from `from` on. A script
 * reaches no other key than those in KEYS: while a slot is being moved, Redis stops it in the middle otherwise.
 */
export const dueSetsFunction = `
local function due_sets(from, prefix)
  local due = {}
  for i = from, #KEYS do due[string.sub(KEYS[i], #prefix + 1)] = KEYS[i] end
  return due
end
`;
