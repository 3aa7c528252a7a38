import type { DocumentStore } from '../source/document-store.js';
import { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import { hashOf, isTrue, type Memo } from '../support/memo.js';
import type { AsyncApiParser } from './asyncapi-parser.js';
import { checkOperations } from './check-operations.js';
import { anyChannel, buildParserInput, type ParserInput, type Section } from './parser-input.js';
import { correctKeys } from './unknown-keys.js';

/**
 * Validates a document against the AsyncAPI specification: its structure with the specification's own parser, and operations
 * with our own check.
 * @param cache Results of earlier runs: where only schemas changed, the parser does not run.
 */
export async function validateDocument(
  store: DocumentStore,
  rootPath: string,
  cache: Cache = new Cache(),
): Promise<Problem[]> {
  const { value: input, problems: broken } = buildParserInput(store, rootPath);
  const problems: Problem[] = [...checkOperations(store, rootPath), ...broken];
  // The parser's rules for version 2 compare a channel with the servers and the ids of other channels; those for version 3 do not.
  const others = input.version.startsWith('2.') ? hashOf(JSON.stringify(input.sections)) : '';
  const validity = (name: string, content: unknown): Validity => {
    const text = JSON.stringify([input.version, others, content]);
    return cache.derive('validate-section', name, [text], () => new Validity(text, cache.memo));
  };
  const all = input.sections.map((section) => ({ section, validity: validity(section.path.join('\n'), section) }));
  // The list of sections is validated as well, because a section may be missing.
  const outline = validity('', [...new Set(input.sections.map(({ path }) => path[0]))]);
  if (outline.isValid && all.every((each) => each.validity.isValid)) return problems;
  const sections = all.filter((each) => !each.validity.isValid || each.section.path.length === 1);
  const parser = await loadParser();
  const document = documentOf(
    input,
    sections.map(({ section }) => section),
  );
  const validate = async (json: unknown): Promise<Finding[]> => {
    const diagnostics = await parser.validate(JSON.stringify(json));
    const isBroken = (path: Finding['path']) => input.isBroken(path.map(String));
    return diagnostics.filter(
      ({ severity, message, path }) => severity === 0 && !noise.test(message) && !isBroken(path),
    );
  };
  const found = await validate(document);
  const findings = found.length === 0 ? found : await withoutConsequences(document, input.version, validate);
  outline.isValid = findings.length === 0;
  for (const { section, validity: own } of sections) {
    own.isValid = !findings.some(({ path }) => section.path.every((name, index) => path[index] === name));
  }
  // A problem may hide others, so that only the sections of a valid document are known to be valid in every other document.
  if (findings.length === 0) for (const { validity: own } of [{ validity: outline }, ...sections]) own.store();
  for (const { path, message, hint = 'the AsyncAPI specification lists the allowed content' } of findings) {
    // If the parser itself fails, its message contains a stack trace.
    const reason = message.split(/, stack: |\n/, 1)[0] ?? message;
    const text = path.length === 0 ? reason : `${input.named(path.map(String)).join('.')}: ${reason}`;
    problems.push(store.problem('ASYNCAPI_INVALID', input.locate(path), text, hint));
  }
  return distinct(problems);
}

let loading: Promise<AsyncApiParser> | undefined;

/** The parser of this process. Loading it takes 0.6 s, and its first document another 0.6 s. */
function loadParser(): Promise<AsyncApiParser> {
  loading ??= import('./asyncapi-parser.js').then((module) => new module.AsyncApiParser());
  return loading;
}

/** Whether the parser found no problem in a section. It validates all new sections in one call. */
class Validity {
  isValid: boolean;
  readonly #text: string;
  readonly #memo: Memo;

  constructor(text: string, memo: Memo) {
    this.isValid = memo.find('validate-section', text, isTrue) === true;
    this.#text = text;
    this.#memo = memo;
  }

  store(): void {
    this.#memo.store('validate-section', this.#text, true);
  }
}

/** A problem at a place, found by the parser or by {@link correctKeys}. */
interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/**
 * The findings of an invalid document: its unknown keys, each once, and all problems that have another cause. A required key
 * that is missing next to an unknown key is reported with the unknown key.
 */
async function withoutConsequences(
  document: object,
  version: string,
  validate: (json: unknown) => Promise<Finding[]>,
): Promise<Finding[]> {
  const { document: corrected, unknown } = correctKeys(document, version);
  const others = unknown.length === 0 ? await validate(document) : await validate(corrected);
  const missing = new Map<string, string[]>();
  const rest = others.filter(({ path, message }) => {
    const name = /must have required property "(.+)"/.exec(message)?.[1];
    const around = path.join('\n');
    const isInSameObject = unknown.some(
      (each) => each.nearest === undefined && each.path.slice(0, -1).join('\n') === around,
    );
    if (name === undefined || !isInSameObject) return true;
    missing.set(around, [...(missing.get(around) ?? []), name]);
    return false;
  });
  const keys = unknown.map(({ path, nearest, known }): Finding => {
    const key = path.at(-1) ?? '';
    const needed = missing.get(path.slice(0, -1).join('\n')) ?? [];
    const also =
      needed.length === 0 ? '' : `, and ${needed.join(' and ')} ${needed.length === 1 ? 'is' : 'are'} missing`;
    return {
      path,
      message: `AsyncAPI does not define the key ${JSON.stringify(key)} here${also}`,
      hint:
        nearest === undefined
          ? `valid keys: ${known.slice(0, 12).join(', ')}; extensions start with x-`
          : `write \`${nearest}\`; extensions start with x-`,
    };
  });
  return [...keys, ...rest];
}

/** Messages that only say that no alternative matched; another finding has the cause. */
const noise = /must match "(else|then)" schema|must match exactly one schema in oneOf|must match a schema in anyOf/;

function documentOf({ version }: ParserInput, sections: readonly Section[]): object {
  const channels: [string, unknown][] = [];
  const operations: [string, unknown][] = [];
  const others: [string, unknown][] = [];
  for (const { path, value } of sections) {
    const [section = '', name = ''] = path;
    if (path.length === 1) others.push([section, value]);
    else (section === 'channels' ? channels : operations).push([name, value]);
  }
  if (operations.length > 0) channels.push([anyChannel, {}]);
  return {
    asyncapi: version,
    channels: Object.fromEntries(channels),
    ...(operations.length > 0 ? { operations: Object.fromEntries(operations) } : {}),
    ...Object.fromEntries(others),
  };
}

/** Each problem of a place once, even if several paths lead to the place. */
function distinct(problems: readonly Problem[]): Problem[] {
  const keyOf = ({ file, line, column, message }: Problem) => `${file}:${line}:${column} ${message.split(': ').at(-1)}`;
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}
