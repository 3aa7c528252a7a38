import { fromFile, Parser } from '@asyncapi/parser';

/** Baseline: only parses the catalog that is named on the command line, in a separate process. */
const { diagnostics } = await fromFile(new Parser(), process.argv[2] ?? '').parse();
process.exitCode = diagnostics.some(({ severity }) => severity === 0) ? 1 : 0;
