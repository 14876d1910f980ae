import { useQuery, VueQueryPlugin } from "@tanstack/vue-query";
import { type Component, createApp, defineComponent, h, ref, type App as VueApp } from "vue";
import { eliza, queryClientConfig } from "./eliza.js";

// #region component
export const Introduction: Component = defineComponent({
  setup() {
    const name = ref("Ada");
    const answer = useQuery(() => eliza.say.queryOptions({ sentence: name.value }));
    const lines = useQuery(() => eliza.introduce.streamOptions({ name: name.value }));
    return () => [
      h("input", { value: name.value, onChange: (event: Event) => (name.value = textOf(event)) }),
      h("p", answer.data.value?.sentence),
      h(
        "section",
        lines.data.value?.map(({ sentence }) => h("p", sentence)),
      ),
    ];
  },
});
// #endregion

function textOf(event: Event): string {
  return (event.target as HTMLInputElement).value;
}

export function mountVue(root: Element): VueApp {
  const app = createApp(Introduction);
  app.use(VueQueryPlugin, { queryClientConfig });
  app.mount(root);
  return app;
}
