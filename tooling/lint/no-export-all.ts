import { defineRule } from '@oxlint/plugins';

/** `export *` hides what a package promises; entries list their names. */
export const noExportAll = defineRule({
  create: (context) => ({
    ExportAllDeclaration(node) {
      context.report({ node, message: 'List the names instead of exporting everything.' });
    },
  }),
});
