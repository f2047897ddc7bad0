import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "dist-docs/",
      "node_modules/",
      "images/",
      "coverage/",
      ".tools/",
      ".pulumi-demo/",
    ],
  },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // What is loaded only when it is needed, by code that cannot wait for a promise, is required where it is used.
      "@typescript-eslint/no-require-imports": [
        "error",
        { allow: ["^\\.\\.?/", "^@pulumi/pulumi/proto/", "^@grpc/", "^execa$", "^yaml$"] },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "no-console": "error",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-syntax": [
        "error",
        {
          selector: "Program > ExpressionStatement > CallExpression[callee.name=/Each$/]",
          message: "Outside of `describe` it runs around each test of every file.",
        },
      ],
    },
  },
  {
    // Of @pulumi/vsphere, which is not on every npm mirror: its tests compile it against what set-up writes.
    files: ["examples/vsphere/*.ts"],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ["**/*.{mjs,cjs,js}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        require: "readonly",
        module: "readonly",
        Buffer: "readonly",
        setTimeout: "readonly",
        AbortController: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        __dirname: "readonly",
        URL: "readonly",
      },
    },
  },
);
