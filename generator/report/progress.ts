/** Tells what a command is doing, once it has taken a second. */
export interface Progress {
  /** A stage begins. */
  readonly stage: (what: string) => void;
  /** Nothing more is told. */
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
  let told: string | undefined;
  const tell = () => {
    if (current === undefined || current === told) return;
    told = current;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    write(isTerminal ? `\r\u001b[K… ${current} (${seconds} s)` : `… ${current} (${seconds} s)\n`);
  };
  const timer = setTimeout(tell, after);
  timer.unref();
  return {
    stage: (what) => {
      current = what;
      // A stage that computes without a pause keeps the timer from firing: the clock tells as well.
      if (performance.now() - started >= after) tell();
    },
    stop: () => {
      clearTimeout(timer);
      current = undefined;
      if (told !== undefined && isTerminal) write('\r\u001b[K');
    },
  };
}
