/** Shows what a command is doing, once it has taken a second. */
export interface Progress {
  /** A stage begins. */
  readonly stage: (what: string) => void;
  /** Shows nothing more. */
  readonly stop: () => void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Whether a line can be written over. */
  readonly isTerminal: boolean;
  /** Milliseconds of silence. Default 1000. */
  readonly after?: number;
}

/** Progress to a stream: on a terminal one line, written over and cleared at the end; else a line for each stage. */
export function startProgress({ write, isTerminal, after = 1000 }: ProgressOptions): Progress {
  const started = performance.now();
  let current: string | undefined;
  let shown: string | undefined;
  const show = () => {
    if (current === undefined || current === shown) return;
    shown = current;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    write(isTerminal ? `\r\u001b[K… ${current} (${seconds} s)` : `… ${current} (${seconds} s)\n`);
  };
  const timer = setTimeout(show, after);
  timer.unref();
  return {
    stage: (what) => {
      current = what;
      // A stage that computes without a pause keeps the timer from firing: so the clock is checked here too.
      if (performance.now() - started >= after) show();
    },
    stop: () => {
      clearTimeout(timer);
      current = undefined;
      if (shown !== undefined && isTerminal) write('\r\u001b[K');
    },
  };
}
