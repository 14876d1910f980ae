// Where SvelteKit finds its options.
import adapter from "@sveltejs/adapter-node";

export default {
  kit: { adapter: adapter({ out: ".cache/build" }), outDir: ".cache/svelte-kit" },
};
