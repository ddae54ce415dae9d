/** The version of Redis whose behaviour this server has, and which it reports to clients. */
export const REDIS_VERSION = "7.0.15";
