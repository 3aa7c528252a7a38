import type { Logger } from '@hyvve-events/runtime';

type Level = 'debug' | 'info' | 'warn' | 'error';

export interface KeptLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: object;
}

/** A logger that records its lines. */
export function keepingLogger(): {
  readonly logger: Logger;
  readonly lines: readonly KeptLine[];
  /** The messages of one level, in order. */
  messages(level: Level): string[];
} {
  const lines: KeptLine[] = [];
  const at = (level: Level) => (fields: object, message: string) => lines.push({ level, message, fields });
  return {
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    lines,
    messages: (level) => lines.filter((line) => line.level === level).map(({ message }) => message),
  };
}
