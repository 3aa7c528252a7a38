/** Codes of the rules, whose severity the config decides. `docs/generator.md` explains each rule. */
export const ruleCodes = [
  'EXAMPLE_INVALID',
  'TYPE_NAMING',
  'DESCRIPTION_MISSING',
  'EXAMPLE_MISSING',
  'OPEN_OBJECT',
  'OPTIONAL_EVERYTHING',
  'DATE_WITHOUT_FORMAT',
  'ENUM_IN_DESCRIPTION',
  'SCHEMA_UNUSED',
  'EVENT_UNSENT',
  'EVENT_UNRECEIVED',
  'PERSONAL_DATA',
  'KEYWORD_UNKNOWN',
  'KEYWORD_IDLE',
  'KEYWORD_UNCHECKED',
  'REF_SIBLINGS',
  'NUMBER_INEXACT',
  'PATTERN_LIMITED',
  'SCHEMA_UNSATISFIABLE',
] as const;

export type RuleCode = (typeof ruleCodes)[number];

/** Codes of the findings of `hyvve-events usages`, whose severity the config decides too. `docs/usages.md` explains each. */
export const usageRuleCodes = [
  'SENDER_UNDECLARED',
  'RECEIVER_UNDECLARED',
  'SENDER_UNUSED',
  'RECEIVER_UNUSED',
  'SERVICE_UNKNOWN',
  'SERVICE_UNDECIDED',
  'EVENT_UNHANDLED',
] as const;

export type UsageRuleCode = (typeof usageRuleCodes)[number];

/** The closed set of codes that a {@link Problem} has. `docs/errors.md` explains each code and how to fix its problem. */
export const problemCodes = [
  'USAGE',
  'INTERNAL',
  'FILE_UNREADABLE',
  'FILE_UNWRITABLE',
  'EDIT_IMPOSSIBLE',
  'YAML_SYNTAX',
  'ASYNCAPI_INVALID',
  'ASYNCAPI_VERSION',
  'REF_BROKEN',
  'REF_REMOTE',
  'REF_OUTSIDE',
  'EVENTS_MISSING',
  'TYPE_DUPLICATE',
  'TYPE_INVALID',
  'VERSION_INVALID',
  'VERSION_UNRELEASED',
  'VERSION_SUNSET_PASSED',
  'UPCASTER_MISSING',
  'UPCASTER_INVALID',
  'UPCAST_UNSOUND',
  'RENAME_UNKNOWN',
  'NAME_INVALID',
  'NAME_DUPLICATE',
  'NAME_MISSING',
  'PAYLOAD_MISSING',
  'PAYLOAD_UNSUPPORTED',
  'SCHEMA_INVALID',
  'SCHEMA_CIRCULAR',
  'ORDERING_KEY_INVALID',
  'PATTERN_SLOW',
  'TYPE_WIDENED',
  'WARNINGS_EXCEEDED',
  'BREAKING_CHANGE',
  'VERSION_TOO_LOW',
  'SAMPLE_IMPOSSIBLE',
  'SAMPLE_MISSING',
  'BUS_FAILED',
  'PACKAGE_MISSING',
  'ADMIN_FAILED',
  'ROLLOUT_REFUSED',
  'RETIRE_REFUSED',
  'CODE_MISSING',
  'CODE_INVALID',
  'SDK_MISSING',
  ...ruleCodes,
  ...usageRuleCodes,
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** A problem in a catalog, with its place. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning';
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The problem. */
  readonly message: string;
  /** How to fix it. */
  readonly hint: string;
}

const brand = Symbol.for('hyvve-events.GeneratorError');

/** The error that the generator throws, with every problem found. No file was changed. */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';
  readonly problems: readonly Problem[];
  readonly [brand] = true;

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'));
    this.problems = problems;
  }

  /** True for errors of any copy of this package, even if two versions are installed. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/**
 * The error of a command that has no place in a file: its place is the command line.
 * @param command Name of the command: `diff`.
 */
export function commandError(command: string, problem: Pick<Problem, 'code' | 'message' | 'hint'>): GeneratorError {
  return new GeneratorError([{ ...problem, severity: 'error', file: `hyvve-events ${command}`, line: 1, column: 1 }]);
}

/** `file:line:column: severity CODE: problem; fix`. */
export function problemLine(problem: Problem): string {
  const { file, line, column, severity, code, message, hint } = problem;
  return `${file}:${line}:${column}: ${severity} ${code}: ${message}; ${hint}`;
}
