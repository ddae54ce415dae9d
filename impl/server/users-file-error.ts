/** The file of users cannot be read, or something is wrong with it: the server does not start. */
export class UsersFileError extends Error {}
