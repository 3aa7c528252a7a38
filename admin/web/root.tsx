import { createRootRoute } from '@tanstack/react-router';
import { NotFound } from './pages/not-found.js';
import { Shell } from './shell/shell.js';

/** What is around every page. */
export const root = createRootRoute({ component: Shell, notFoundComponent: () => <NotFound /> });
