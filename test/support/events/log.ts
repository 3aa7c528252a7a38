import type { Logger } from '@hyvve-events/runtime';

type Level = 'debug' | 'info' | 'warn' | 'error';

export interface RecordedLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: object;
}

/** A logger that records its lines. */
export function recordingLogger(): {
  readonly logger: Logger;
  readonly lines: readonly RecordedLine[];
  /** The messages of one level, in order. */
  messages(level: Level): string[];
} {
  const lines: RecordedLine[] = [];
  const at = (level: Level) => (fields: object, message: string) => lines.push({ level, message, fields });
  return {
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    lines,
    messages: (level) => lines.filter((line) => line.level === level).map(({ message }) => message),
  };
}
