import { createEventOperator } from '@hyvve-events/runtime';

// A process that runs all replays until it is killed.
createEventOperator({ redis: process.argv[2] ?? '', runReplays: true });
