/** The version of Redis whose commands these are. */
export const REDIS_VERSION = "7.0.15";
