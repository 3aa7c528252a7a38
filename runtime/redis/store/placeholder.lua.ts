/** Lua: `placeholder_in(value)`: the placeholder of a value of the hash `inherited`; nothing if there is no value. See {@link GroupKeys.inherited}. */
export const placeholderIn = `
local function placeholder_in(value) return value and string.match(value, '^[^%z]*') end
`;
