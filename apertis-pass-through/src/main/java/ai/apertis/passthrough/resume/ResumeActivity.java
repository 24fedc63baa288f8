package ai.apertis.passthrough.resume;

/**
 * What an instance of the application has done so that streams can be resumed.
 *
 * @param stored streams that it has begun to store
 * @param bytesWaiting bytes that wait to be stored now
 * @param givenUp streams that it could not store to their end
 * @param detached streams that it has read on without their clients
 * @param resumed how often somebody came back for a stream
 * @param lost streams of other instances which it has found to be gone
 */
public record ResumeActivity(long stored, long bytesWaiting, long givenUp, long detached, long resumed, long lost) {
}
