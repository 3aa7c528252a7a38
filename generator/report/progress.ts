/** Shows the current stage of a command that takes longer than a second. */
export interface Progress {
  /** To be called when a stage begins, with its description. */
  readonly stage: (description: string) => void;
  /** Ends the display. */
  readonly stop: () => void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Whether a line can be overwritten. */
  readonly isTerminal: boolean;
  /** Time before anything is shown, in milliseconds. Default 1000. */
  readonly after?: number;
}

/** Writes progress: on a terminal one line, overwritten and finally cleared; otherwise one line for each stage. */
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
    stage: (description) => {
      current = description;
      // While a stage computes without a pause the timer cannot fire, so the time is also checked here.
      if (performance.now() - started >= after) show();
    },
    stop: () => {
      clearTimeout(timer);
      current = undefined;
      if (shown !== undefined && isTerminal) write('\r\u001b[K');
    },
  };
}
