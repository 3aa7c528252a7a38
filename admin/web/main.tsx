import '@mantine/core/styles.css';
import './app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError, needsOtherToken } from './api/client.js';
import { docsQuery } from './api/queries/catalog.js';
import { prefetchSignedInUser } from './api/queries/identity.js';
import { router } from './router.js';
import { theme } from './theme.js';

const queries = new QueryClient({
  defaultOptions: {
    // What the server refuses, it refuses again.
    queries: {
      retry: (times, error) => times < 2 && !(error instanceof ApiError && error.status >= 400),
      // Wherever it happens, the page asks for another token.
      throwOnError: needsOtherToken,
    },
  },
});

/** How long there is nothing on the page before there are placeholders, in milliseconds. */
const patienceMs = 300;

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
// React leaves placeholders for 300 ms once it has shown them: longer than code and docs take to come to most people.
const ready = Promise.allSettled([router.load(), queries.prefetchQuery(docsQuery), prefetchSignedInUser(queries)]);
await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
