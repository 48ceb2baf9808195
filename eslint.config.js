// For the browser side in assets/components and its tests.
import js from "@eslint/js";
import globals from "globals";

const AS_HTML = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe"];

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
    },
  },
  {
    files: ["assets/components/**"],
    languageOptions: { globals: globals.browser },
    rules: {
      "no-restricted-properties": [
        "error",
        ...AS_HTML.map((property) => ({ property, message: "People's own words go into a page as text only." })),
      ],
    },
  },
  { files: ["tests/assets/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
