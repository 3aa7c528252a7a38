import { checkOperations } from './check-operations.js';
import type { Problem } from './errors.js';
import { anyChannel, type Piece, type Skeleton, skeletonOf } from './skeleton.js';
import type { Sources } from './sources.js';

/** Pieces of documents, as JSON, in which nothing was wrong. */
export type ValidationMemo = Set<string>;

/**
 * Holds a document against the AsyncAPI specification: with the specification's own parser, which gets its structure alone, and
 * what the structure does not show.
 * @param memo Kept by a caller that validates again and again: of a document of which nothing changed but schemas, the parser
 *   (0.6 s to load, 0.3 s a run) sees nothing.
 */
export async function validateDocument(
  sources: Sources,
  rootPath: string,
  memo: ValidationMemo = new Set(),
): Promise<Problem[]> {
  const problems: Problem[] = checkOperations(sources, rootPath);
  const skeleton = skeletonOf(sources, rootPath, problems);
  const keyed = skeleton.pieces.map((piece) => ({ piece, key: JSON.stringify([skeleton.version, piece]) }));
  const isNew = ({ key }: { key: string }) => !memo.has(key);
  // Of sections that are there, and so of those that are missing, no piece tells.
  const outline = JSON.stringify([skeleton.version, ...new Set(keyed.map(({ piece }) => piece.path[0]))]);
  if (memo.has(outline) && !keyed.some(isNew)) return problems;
  const pieces = keyed.filter((each) => isNew(each) || each.piece.path.length === 1);
  const { Parser } = await import('@asyncapi/parser');
  const parser = new Parser({ ruleset: { core: true, recommended: false } });
  const document = documentOf(
    skeleton,
    pieces.map(({ piece }) => piece),
  );
  const diagnostics = await parser.validate(JSON.stringify(document));
  const findings = diagnostics.filter(({ severity, message }) => severity === 0 && !noise.test(message));
  if (findings.length === 0) memo.add(outline);
  for (const { piece, key } of pieces) {
    if (!findings.some(({ path }) => piece.path.every((name, index) => path[index] === name))) memo.add(key);
  }
  for (const { path, message } of findings) {
    // Where the parser itself fails, its message ends in a stack trace.
    const said = message.split(/, stack: |\n/, 1)[0] ?? message;
    const what = path.length === 0 ? said : `${path.join('.')}: ${said}`;
    const hint = 'see the AsyncAPI specification for what belongs there';
    problems.push(sources.problem('ASYNCAPI_INVALID', skeleton.locate(path), what, hint));
  }
  return distinct(problems);
}

/** Says only that a choice did not fit, beside what says why. */
const noise = /must match "(else|then)" schema|must match exactly one schema in oneOf|must match a schema in anyOf/;

function documentOf({ version }: Skeleton, pieces: readonly Piece[]): object {
  const channels: [string, unknown][] = [];
  const operations: [string, unknown][] = [];
  const sections: [string, unknown][] = [];
  for (const { path, value } of pieces) {
    const [section = '', name = ''] = path;
    if (path.length === 1) sections.push([section, value]);
    else (section === 'channels' ? channels : operations).push([name, value]);
  }
  if (operations.length > 0) channels.push([anyChannel, {}]);
  return {
    asyncapi: version,
    channels: Object.fromEntries(channels),
    ...(operations.length > 0 ? { operations: Object.fromEntries(operations) } : {}),
    ...Object.fromEntries(sections),
  };
}

/** One problem for each thing that is wrong at a place, however many paths lead there. */
function distinct(problems: readonly Problem[]): Problem[] {
  const keyOf = ({ file, line, column, message }: Problem) => `${file}:${line}:${column} ${message.split(': ').at(-1)}`;
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}
