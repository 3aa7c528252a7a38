/** One entry as XREADGROUP and XCLAIM reply it: its id, then its fields and values in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];
