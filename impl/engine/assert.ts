export { assert, CHECKED } from "../assert.ts";
