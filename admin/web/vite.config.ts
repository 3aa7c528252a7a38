import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Chunks of code that several pages share, so that a page needs few requests: libraries and shell, which every page needs
 * immediately, controls, parts of pages, and the code for operators, which the docs do not load. The editor, the graph and
 * the chart stay in separate chunks.
 */
const groups = [
  { name: 'libraries', tags: ['$initial' as const], test: /node_modules/, priority: 5 },
  { name: 'shell', tags: ['$initial' as const], test: /web[\\/](?!main|index)/, priority: 4 },
  {
    name: 'controls',
    test: /node_modules[\\/](@mantine[\\/](core|hooks)|@floating-ui|@tanstack)[\\/]/,
    minShareCount: 2,
    priority: 3,
  },
  { name: 'parts', test: /web[\\/](ui|api|shared)[\\/]/, minShareCount: 2, priority: 2 },
  { name: 'operations', test: /web[\\/]features[\\/]ops[\\/]/, minShareCount: 2, priority: 1 },
];

/** Addresses are relative, so that any file server can serve the app below any path. */
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: { proxy: { '^/(admin|health|catalog|changes|docs|asyncapi|schemas)': 'http://127.0.0.1:4600' } },
});
