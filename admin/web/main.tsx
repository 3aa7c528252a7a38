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
    queries: {
      // A request that the server refused would be refused again.
      retry: (times, error) => times < 2 && !(error instanceof ApiError && error.status >= 400),
      // On every page, such an error shows the sign-in form.
      throwOnError: needsOtherToken,
    },
  },
});

/** How long the page stays empty before placeholders are shown, in milliseconds. */
const placeholderDelayMs = 300;

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
// Once React shows placeholders, they stay for 300 ms. Most users get the code and the docs faster than that.
const ready = Promise.allSettled([router.load(), queries.prefetchQuery(docsQuery), prefetchSignedInUser(queries)]);
await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, placeholderDelayMs))]);
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
