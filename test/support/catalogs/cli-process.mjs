/**
 * A process that runs the built `hyvve-events` several times, one run after another: the modules are loaded once. It is started
 * by `runCli`, receives `{ args, cwd }`, and replies with the output of the command and its exit code.
 */
const { main } = await import(new URL('../../../generator/dist/cli.js', import.meta.url).href);

/** `process.exit` throws it in this process, so that the command ends but the process does not. */
class Exit {
  constructor(code) {
    this.code = code;
  }
}

async function run({ args, cwd }) {
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    process[name].write = (chunk) => {
      printed[name] += chunk;
      return true;
    };
  }
  process.exit = (code) => {
    throw new Exit(code);
  };
  process.chdir(cwd);
  process.exitCode = 0;
  try {
    await main([process.execPath, 'hyvve-events', ...args]);
  } catch (error) {
    if (error instanceof Exit) process.exitCode = error.code;
    else {
      process.exitCode = 1;
      printed.stderr += `${error.stack}\n`;
    }
  }
  process.stdout.removeAllListeners('error');
  return { code: process.exitCode, ...printed };
}

process.on('message', async (message) => process.send(await run(message)));
