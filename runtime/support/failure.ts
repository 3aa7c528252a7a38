import { inspect, types } from 'node:util';
import { boundedJson } from './bounded-json.js';
import { cutText } from './text.js';

/** The error of a failed run, in a form that can be stored. Its texts are well-formed Unicode. */
export interface Failure {
  /** The error's class name, such as `TypeError`. */
  readonly name: string;
  /** At most 2,000 characters. */
  readonly message: string;
  /** The error's `code`, if it is a string. */
  readonly code?: string;
  /** At most 4,000 characters. */
  readonly stack?: string;
  /** False when a retry cannot succeed: the event becomes a dead letter immediately. */
  readonly retryable: boolean;
}

const maxName = 200;
/** Longest message that is stored, in characters. */
export const maxMessage = 2_000;
const maxStack = 4_000;

/**
 * Converts any thrown value to a {@link Failure}: an error of this or another realm, any other value, also one whose
 * properties throw when they are read. Never throws.
 */
export function failureOf(thrown: unknown): Failure {
  if (!isErrorLike(thrown)) return { name: 'NonError', message: messageOf(thrown), retryable: true };
  const name = propertyOf(thrown, 'name');
  const code = propertyOf(thrown, 'code');
  const stack = propertyOf(thrown, 'stack');
  return {
    name: typeof name === 'string' && name !== '' ? cutText(name, maxName) : 'Error',
    message: messageOf(thrown),
    retryable: propertyOf(thrown, 'nonRetryable') !== true,
    ...(typeof code === 'string' ? { code: cutText(code, maxName) } : {}),
    ...(typeof stack === 'string' ? { stack: cutText(stack, maxStack) } : {}),
  };
}

/** A failure that the runtime itself detected. It is not retryable. */
export function failureNamed(name: string, message: string): Failure {
  return { name, message: cutText(message, maxMessage), retryable: false };
}

/** The message of an error, or a description of any other thrown value: at most 2,000 characters. Never throws. */
export function messageOf(thrown: unknown): string {
  if (!isErrorLike(thrown)) return cutText(describe(thrown), maxMessage);
  const message = propertyOf(thrown, 'message');
  return message === undefined ? 'an error whose message cannot be read' : cutText(describe(message), maxMessage);
}

/** Whether `value` is an error of any realm, or an object with a message and a stack. Never throws. */
export function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isNativeError(value)) return true;
  try {
    return value instanceof Error || (typeof propertyOf(value, 'message') === 'string' && 'stack' in value);
  } catch {
    return false;
  }
}

function propertyOf(value: object, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** A value as text: strings unchanged, other values as JSON if it is short and not empty. Never throws. */
function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    if (typeof value !== 'object' || value === null) return String(value);
    const json = shortJsonOf(value);
    return json === undefined || json === '{}' ? inspect(value, inspectOptions) : json;
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

/** The JSON of a value; undefined if it has no JSON or a JSON that is too long. */
function shortJsonOf(value: object): string | undefined {
  try {
    return boundedJson(value, maxMessage);
  } catch {
    return undefined;
  }
}

/** Calls no getters, and truncates large values. */
const inspectOptions = {
  customInspect: false,
  depth: 3,
  maxArrayLength: 20,
  maxStringLength: maxMessage,
  breakLength: Number.POSITIVE_INFINITY,
};
