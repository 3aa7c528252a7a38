/** Matches all queries about operations: the next user who signs in may not be allowed to see their answers. */
export const operations = { queryKey: ['ops'] } as const;

/** For infinite queries whose pages have a cursor. */
export const byCursor = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ cursor }: { readonly cursor?: string }): string | undefined => cursor,
};
