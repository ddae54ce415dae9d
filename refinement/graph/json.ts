/** Values of TLA+ in JSON: what JSON lacks is marked with a `$`. */
import { ModelValue, modelValue, type TlaState, type TlaValue } from "../../model/machine.ts";

/** JSON as `JSON.parse` gives it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [field: string]: Json };

/** A value as JSON: sets, functions and model values as `{$set}`, `{$function}` and `{$model}`. */
export function toJson(value: TlaValue): Json {
  if (typeof value !== "object") return value;
  if (value instanceof ModelValue) return { $model: value.name };
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Set) return { $set: [...value].map(toJson) };
  if (value instanceof Map) return { $function: [...value].map((pair) => pair.map(toJson)) };
  return stateToJson(value as TlaState);
}

/** A state as JSON, variable by variable. */
export function stateToJson(state: TlaState): { readonly [variable: string]: Json } {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, toJson(value)]));
}

/** The value that `toJson` wrote. */
export function fromJson(json: Json): TlaValue {
  if (json === null) throw new TypeError("null is no value of TLA+");
  if (typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const fields = json as { readonly [field: string]: Json };
  const { $model, $set, $function } = fields;
  if (typeof $model === "string") return modelValue($model);
  if (Array.isArray($set)) return new Set($set.map(fromJson));
  if (Array.isArray($function)) {
    return new Map($function.map((pair) => (pair as Json[]).map(fromJson) as [TlaValue, TlaValue]));
  }
  return stateFromJson(fields);
}

/** The state that `stateToJson` wrote. */
export function stateFromJson(json: { readonly [variable: string]: Json }): TlaState {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, fromJson(value)]));
}
