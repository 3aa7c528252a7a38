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
  /** Awaited before every call. */
  before: ((call: ScriptCall) => Promise<void>) | undefined;
}

export const guardedScripts: GuardedScripts = { defined: new Map(), undeclared: [], before: undefined };

/** Lua: makes `redis.call` refuse a key that is not in KEYS, before the command is executed. */
const guard = `
local declared = {}
for _, key in ipairs(KEYS) do declared[key] = true end
local keyless = { TIME = true }
local second = { XINFO = true, XGROUP = true }
local real = redis
local redis = setmetatable({ call = function(command, ...)
  local key = not keyless[command] and select(second[command] and 2 or 1, ...)
  if key and not declared[key] then error('UNDECLARED ' .. command .. ' ' .. tostring(key)) end
  return real.call(command, ...)
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
        throw error;
      }
    },
  };
}
