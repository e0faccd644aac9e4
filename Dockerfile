# Talmach in a container: the first stage builds, the second holds the program and what it needs.
#
#   docker build -t talmach .
#   docker run --rm -v "$PWD:/data" talmach train -c configs/phrasebook.yaml -m runs/phrasebook/model
#   echo "She called her mother." | docker run --rm -i -v "$PWD:/data" talmach translate -m runs/phrasebook/model
#
# The program runs as user 1000; give `--user "$(id -u):$(id -g)"` where your files are another's.
FROM debian:12 AS build
WORKDIR /talmach
COPY scripts/install_packages.sh scripts/
RUN ./scripts/install_packages.sh && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY src src
RUN cmake --preset release && cmake --build --preset release && strip build/release/bin/talmach

FROM debian:12-slim
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      libdnnl2 libhwy1 libsentencepiece0 libicu72 libboost-program-options1.74.0 \
      zlib1g libzstd1 libspdlog1.10 libfmt9 libyaml-cpp0.7 libxxhash0 libgomp1 \
      libpangocairo-1.0-0 libcairo2 fonts-dejavu-core fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --create-home talmach
COPY --from=build /talmach/build/release/bin/talmach /usr/local/bin/talmach
USER talmach
WORKDIR /data
ENTRYPOINT ["talmach"]
CMD ["--help"]
