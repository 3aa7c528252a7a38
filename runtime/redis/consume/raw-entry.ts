/** One entry in the replies of XREADGROUP and XCLAIM: its id, then its fields and values alternately. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];
