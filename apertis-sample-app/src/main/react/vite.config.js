import { defineConfig } from 'vite';

// One module, checked in, so that neither the build of the application nor its page needs a network.
export default defineConfig({
	define: { 'process.env.NODE_ENV': '"production"' },
	esbuild: { jsx: 'automatic', legalComments: 'none' },
	build: {
		target: 'es2022',
		outDir: '../resources/static',
		emptyOutDir: false,
		copyPublicDir: false,
		rollupOptions: {
			input: 'chat.jsx',
			output: { entryFileNames: 'chat.bundle.js', inlineDynamicImports: true },
		},
	},
});
