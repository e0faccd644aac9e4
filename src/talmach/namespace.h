// The namespace of the public interface: `talmach::`, spelled out `talmach::v1::`.
//
// The rooms of the library use many of the same words (Translator, AttentionMap) for types of their
// own. They stay hidden; what this namespace holds is all that a shared libtalmach exports,
// together with the functions of talmach.h. Programs write `talmach::Translator`.
#pragma once

#ifdef TALMACH_INSIDE  // src/talmach, which speaks with the rooms
#define TALMACH_NAMESPACE talmach::v1
#else
#define TALMACH_NAMESPACE talmach::inline v1
#endif
