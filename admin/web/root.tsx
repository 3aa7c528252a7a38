import { createRootRoute } from '@tanstack/react-router';
import { Shell } from './shell/shell.js';
import { NotFound } from './ui/not-found.js';

/** The root route: the shell around every page. */
export const root = createRootRoute({ component: Shell, notFoundComponent: () => <NotFound /> });
