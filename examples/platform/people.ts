/** Ids of the users that the examples notify. A real service reads them from its database. */
export const people = {
  /** Decides what has no assignee. */
  lead: 'o0vd4xkzpo3dm9a8kzsxkqel',
  /** Gets the alerts about the token budget. */
  admin: 'q7tjrgtd1bqnuz4x2vq8c5hm',
} as const;
