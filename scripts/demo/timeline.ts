import type { Logger } from '@hyvve-events/runtime';

/** Prints the log lines of all services as one timeline, in which lines of one correlation id share a colour. */
export class Timeline {
  /** Published events by id, without duplicates. */
  readonly published = new Map<string, string>();
  /** Number of failed runs that are retried. */
  retries = 0;
  /** Number of failed runs whose event became a dead letter. */
  deadLetters = 0;
  readonly #colour: boolean;
  readonly #write: (line: string) => void;
  readonly #correlations: string[] = [];
  readonly #startedAt = performance.now();

  constructor(colour: boolean, write: (line: string) => void) {
    this.#colour = colour;
    this.#write = write;
  }

  /** The logger of one service. */
  logger(service: string, fields: Readonly<Record<string, unknown>> = {}): Logger {
    const line = (more: object, message: string) => this.#line(service, { ...fields, ...more }, message);
    return {
      debug: () => undefined,
      info: line,
      warn: line,
      error: line,
      child: (more) => this.logger(service, { ...fields, ...more }),
    };
  }

  /** Prints a line of the demo itself. */
  print(text: string): void {
    this.#write(this.#paint('1', text));
  }

  #line(service: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    const { eventId, type, correlationId, duplicate } = fields;
    if (typeof eventId !== 'string' || typeof type !== 'string' || typeof correlationId !== 'string') return;
    const failure = 'err' in fields ? `: ${(fields.err as Error).message}` : '';
    if (message === 'published') {
      if (duplicate === true) return;
      this.published.set(eventId, type);
    } else if (failure !== '') {
      if ('delayMs' in fields) this.retries += 1;
      else this.deadLetters += 1;
    }
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(3);
    const mark = message === 'published' ? '→' : failure === '' ? '✓' : '✗';
    const text = message === 'published' ? '' : `  ${message}${failure}`;
    const line = `${mark} ${type}${text}`;
    const shown = failure === '' ? line : this.#paint('31', line);
    const join = this.#paint(this.#colourOf(correlationId), correlationId.padEnd(26));
    this.#write(`${seconds.padStart(8)}s  ${join} ${service.padEnd(14)} ${shown}`);
  }

  #colourOf(correlationId: string): string {
    let index = this.#correlations.indexOf(correlationId);
    if (index < 0) index = this.#correlations.push(correlationId) - 1;
    return String([36, 33, 35, 32, 34][index % 5]);
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
