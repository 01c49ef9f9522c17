// With `node --import` this, a process says last on standard error how many modules of Pulumi it loaded.
import { registerHooks } from "node:module";

let count = 0;
registerHooks({
  load: (url, context, next) => {
    if (/\/node_modules\/@pulumi\//.test(url)) count++;
    return next(url, context);
  },
});
process.on("exit", () => process.stderr.write(`\nmodules of Pulumi: ${count}`));
