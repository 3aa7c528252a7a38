import { fromFile, Parser } from '@asyncapi/parser';

/** What a catalog costs that is only parsed: the file named on the command line, in a process of its own. */
const { diagnostics } = await fromFile(new Parser(), process.argv[2] ?? '').parse();
process.exitCode = diagnostics.some(({ severity }) => severity === 0) ? 1 : 0;
