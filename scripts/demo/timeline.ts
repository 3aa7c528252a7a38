import type { Logger } from '@hyvve-events/runtime';

/** Writes what services log as one readable timeline, where lines of one correlation id share a colour. */
export class Timeline {
  /** Events published, by id: a publish that found its event written already counts once. */
  readonly published = new Map<string, string>();
  /** Runs that failed and are tried again. */
  retries = 0;
  /** Runs that failed for good. */
  deaths = 0;
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

  /** A line of the demo's own. */
  say(text: string): void {
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
      else this.deaths += 1;
    }
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(3);
    const mark = message === 'published' ? '→' : failure === '' ? '✓' : '✗';
    const what = message === 'published' ? '' : `  ${message}${failure}`;
    const told = `${mark} ${type}${what}`;
    const shown = failure === '' ? told : this.#paint('31', told);
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
