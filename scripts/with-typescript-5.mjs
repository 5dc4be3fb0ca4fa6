/**
 * For `node --import`: gives `typescript-5` to a tool that asks for `typescript` and cannot use version 7 (its programming
 * interface is new). dependency-cruiser would otherwise see no module and find no fault.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript-5'), context),
});
