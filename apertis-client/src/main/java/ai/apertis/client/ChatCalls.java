package ai.apertis.client;

import ai.apertis.client.chat.ChatJson;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.upstream.Upstream;

/**
 * What all calls of one client share.
 */
record ChatCalls(Upstream upstream, ChatJson json, ChatObservations observations) {
}
