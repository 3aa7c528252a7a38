import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { createEventOperator, EventBusError, type EventOperator } from '@hyvve-events/runtime';
import { ConfigError, type Environment, readBusConfig } from '../config.js';
import { present } from '../support/present.js';
import { NotConfirmedError, runGrow } from './grow.js';
import { runMigrateKeys } from './migrate-keys.js';
import { runPlan } from './plan.js';
import { type AskingTerminal, ownTerminal } from './terminal.js';

const help = `hyvve-events-admin partitions <command> [options]

Partitions divide the event stream, so that several servers of a Redis Cluster share the load. Their number can be doubled
while services run, and never becomes smaller. docs/scaling.md describes when and how.

Commands
  plan <count>    shows the partitions of that number, the slots in which they are, and which empty slots to move first, so
                  that each master of the cluster gets the same number; changes nothing
  grow <count>    doubles the number of partitions until it is <count>; asks for the number first
  migrate-keys    renames the keys of a former version in Redis; all services must have been stopped

Options of plan
  --masters <host:port,…>  the masters that get partitions; default: all of the cluster
  --json                   prints the plan as JSON

Options of grow
  --by <name>     who does it, for the audit log; default: the user of this process
  --yes           does not ask
  --json          prints the steps, their times and the groups that wait as JSON

Options of migrate-keys
  --dry-run       counts the keys and changes nothing
  --force         migrates although processes are alive, and leaves keys that exist under both names
  --undo          gives the keys their former names again

Exit codes
  0  done, or nothing to do; plan: no slot has to be moved
  1  failed: the message has a code and a fix; grow and migrate-keys can be repeated
  2  wrong arguments or configuration, or not confirmed: nothing was changed
  3  plan: there are slots to move before the growth

With --json, an error of Redis or of the growth is printed as JSON too: {"error":{"code":"…","message":"…"}}.

The Redis is that of REDIS_URL or the other variables in docs/admin.md, the prefix that of HYVVE_PREFIX.

Example: from 4 to 16 partitions
  hyvve-events-admin partitions plan 16     # then run the commands that it prints, if there are any
  hyvve-events-admin partitions grow 16
`;

/** Time after which a call to Redis fails, in milliseconds. */
const callTimeoutMs = 10_000;

/** Runs `hyvve-events-admin partitions …`. @param args After `partitions`. @returns The exit code */
export async function runPartitions(
  args: readonly string[],
  env: Environment,
  terminal: AskingTerminal = ownTerminal(),
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      json: { type: 'boolean' },
      masters: { type: 'string' },
      by: { type: 'string' },
      yes: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      force: { type: 'boolean' },
      undo: { type: 'boolean' },
    },
  });
  const { help: wantsHelp, json = false, masters, by, yes = false, 'dry-run': dryRun, force, undo } = values;
  const [command = '', count, ...rest] = positionals;
  if (wantsHelp === true || (command === '' && args.length === 0)) {
    terminal.write(help);
    return wantsHelp === true ? 0 : 2;
  }
  checkOptions(command, values);
  if (command === 'migrate-keys' && count === undefined) {
    await runMigrateKeys({ ...readBusConfig(env), ...present({ dryRun, force, undo }) }, terminal);
    return 0;
  }
  if (rest.length > 0 || !/^\d{1,4}$/.test(count ?? '')) {
    throw new ConfigError([`partitions ${command} needs the number of partitions, such as 16; --help explains it`]);
  }
  return withOperator(env, json, terminal, async (operator) => {
    if (command === 'plan') {
      return runPlan(operator, { count: Number(count), masters: addressesIn(masters), json }, terminal);
    }
    const actor = { actor: by ?? ownUser(), from: hostname() };
    await runGrow(operator, { count: Number(count), by: actor, yes, json }, terminal);
    return 0;
  });
}

/** The options of each command. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  plan: ['masters', 'json'],
  grow: ['by', 'yes', 'json'],
  'migrate-keys': ['dry-run', 'force', 'undo'],
};

function checkOptions(command: string, values: object): void {
  const allowed = optionsOf[command];
  if (allowed === undefined) {
    throw new ConfigError([`there is no command partitions ${command}; partitions --help lists the commands`]);
  }
  const other = Object.keys(values).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new ConfigError([`--${other} is no option of partitions ${command}`]);
}

function addressesIn(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : text.split(',').map((address) => address.trim());
}

/** The user of this process. In a container, its number may have no name. */
function ownUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new ConfigError(['the user of this process has no name: pass --by <name>, for the audit log']);
  }
}

async function withOperator(
  env: Environment,
  json: boolean,
  terminal: AskingTerminal,
  call: (operator: EventOperator) => Promise<number>,
): Promise<number> {
  const operator = createEventOperator({ ...readBusConfig(env), callTimeoutMs, runReplays: false });
  try {
    return await call(operator);
  } catch (error) {
    if (error instanceof NotConfirmedError) {
      terminal.writeError(`${error.message}\n`);
      return 2;
    }
    if (!(error instanceof EventBusError)) throw error;
    const message = messageOf(error);
    if (json) terminal.write(`${JSON.stringify({ error: { code: error.code, message } })}\n`);
    else terminal.writeError(`hyvve-events-admin: [${error.code}] ${message}\n`);
    return error.code === 'CONFIG_INVALID' ? 2 : 1;
  } finally {
    await operator.close();
  }
}

/** The message, with a fix. */
function messageOf({ code, rawMessage }: EventBusError): string {
  if (code !== 'UNAVAILABLE' || rawMessage.includes('fix:')) return rawMessage;
  return `${rawMessage}; fix: check REDIS_URL or REDIS_NODES, and that every server replies; then repeat the command`;
}
