/*
 * quote_events - a guest agent's event log, replayed against the registers.
 *
 * Layer: codec. Source: dstack 0.5 (events of RTMR3); Intel TDX Module spec
 * (a register becomes SHA-384 of itself and the digest).
 */
#ifndef CODEC_QUOTE_EVENTS_H
#define CODEC_QUOTE_EVENTS_H

#include "codec/json.h"
#include "codec/quote.h"

/**
 * quote_events - what a log says and whether it gives @td's registers.
 * @log: [{imr, event_type, digest, event, event_payload}, …]; borrowed.
 * @ret: {events: [{imr, event, payload, digest, fits}], registers: [{imr,
 * replayed, agrees}]}, or {error} for what is no log; new reference.
 */
json_t *quote_events(const json_t *log, const struct td_report *td);

/**
 * quote_log_agrees - whether the event log in a guest agent's answer to GetQuote
 * gives the registers of the quote in it.
 */
bool quote_log_agrees(const json_t *answer);

#endif
