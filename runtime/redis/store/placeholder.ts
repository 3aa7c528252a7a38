/**
 * The head of a key queue whose events before a growth are unfinished in the parent partition: `<parent>:<head there>`. It is no delivery;
 * the deliveries of the queue in the child wait behind it.
 * @param parent Index of the parent. @param head Ref of the head in the parent, which may itself be a placeholder.
 */
export function placeholderOf(parent: number, head: string): string {
  return `${parent}:${head}`;
}

/** The placeholder of a value of the hash `inherited`; see `GroupKeys`. */
export function placeholderIn(value: string): string {
  return value.split('\0', 1)[0] ?? '';
}

/** Where a head of a key queue is. */
export interface HeadPlace {
  readonly partition: number;
  readonly streamId: string;
}

/** The entry of a head, in its own partition; undefined for the ref of an edited event. @param partition That of the queue. */
export function placeOfHead(ref: string, partition: number): HeadPlace | undefined {
  const [, parents = '', streamId] = /^((?:\d+:)*)(\d+-\d+)/.exec(ref) ?? [];
  if (streamId === undefined) return undefined;
  return { partition: parents === '' ? partition : Number(parents.split(':').at(-2)), streamId };
}
