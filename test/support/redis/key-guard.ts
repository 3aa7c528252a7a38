import type { Redis } from 'ioredis';
import type { Script, ScriptArgument, ScriptMode } from '../../../runtime/redis/connection/script.js';

/** The part of the runtime's script module that is changed here. */
interface ScriptModule {
  newScript(name: string, mode: ScriptMode, lua: string): Script;
  runScript(redis: Redis, script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>;
}

/** One call of a script. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly ScriptArgument[];
}

/** Records of the scripts of a guarded module. */
export interface GuardedScripts {
  /** All scripts by name. */
  readonly defined: Map<string, { readonly body: string }>;
  /** Calls that accessed an undeclared key, with Redis's error. */
  readonly undeclared: string[];
  /** Calls that accessed a key again after they had emptied it, with Redis's error. */
  readonly emptied: string[];
  /** Awaited before every call. */
  before: ((call: ScriptCall) => Promise<void>) | undefined;
}

export const guardedScripts: GuardedScripts = { defined: new Map(), undeclared: [], emptied: [], before: undefined };

/**
 * Lua: makes `redis.call` refuse, before the command is executed, a key that is not in KEYS, and a key that existed before an
 * earlier command of the script and did not exist after it: in a slot that is being moved, Redis refuses access to such a key.
 */
const guard = `
local declared, existed, emptied = {}, {}, {}
for _, key in ipairs(KEYS) do declared[key] = true end
local keyless = { TIME = true }
local second = { XINFO = true, XGROUP = true }
local real = redis
-- Redis refuses even this command for an absent key of a slot that is being moved.
local function exists(key) return real.pcall('EXISTS', key) == 1 end
local redis = setmetatable({ call = function(command, ...)
  local key = not keyless[command] and select(second[command] and 2 or 1, ...)
  if key and not declared[key] then error('UNDECLARED ' .. command .. ' ' .. tostring(key)) end
  if not key then return real.call(command, ...) end
  if emptied[key] then error('EMPTIED ' .. command .. ' ' .. key) end
  if existed[key] == nil then existed[key] = exists(key) end
  local reply = real.call(command, ...)
  local is_left = exists(key)
  emptied[key], existed[key] = existed[key] and not is_left, is_left
  return reply
end }, { __index = real })
`;

/** The module with a guard in every script. For `vi.mock`. */
export function guardKeys<Module extends ScriptModule>(module: Module): Module {
  const newScript = (name: string, mode: ScriptMode, lua: string) => {
    guardedScripts.defined.set(name, { body: lua });
    return module.newScript(name, mode, guard + lua);
  };
  return {
    ...module,
    newScript,
    runScript: async (redis: Redis, script: Script, keys: readonly string[], args: readonly ScriptArgument[]) => {
      await guardedScripts.before?.({ script, keys, args });
      try {
        return await module.runScript(redis, script, keys, args);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (text.includes('UNDECLARED')) guardedScripts.undeclared.push(`${script.name}: ${text}`);
        if (text.includes('EMPTIED')) guardedScripts.emptied.push(`${script.name}: ${text}`);
        throw error;
      }
    },
  };
}
