-- Timetables of transit agencies as they were published. One that is being written stands beside the one in use, with
-- whole = 0, until it is there altogether. Times of calls are seconds of their service day.

CREATE TABLE timetable (
  n INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  version TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  zone TEXT NOT NULL,
  longest_s INTEGER NOT NULL,
  at INTEGER NOT NULL,
  whole INTEGER NOT NULL
);
CREATE INDEX timetable_source ON timetable (source, whole);

CREATE TABLE transit_stop (
  n INTEGER PRIMARY KEY,
  timetable INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  code TEXT NOT NULL,
  lat REAL,
  lon REAL,
  area TEXT NOT NULL,
  kind INTEGER NOT NULL,
  parent TEXT NOT NULL,
  platform TEXT NOT NULL,
  extra TEXT NOT NULL
);
CREATE INDEX transit_stop_id ON transit_stop (timetable, id);
CREATE INDEX transit_stop_parent ON transit_stop (timetable, parent);

CREATE TABLE transit_route (
  n INTEGER PRIMARY KEY,
  timetable INTEGER NOT NULL,
  id TEXT NOT NULL,
  agency TEXT NOT NULL,
  short TEXT NOT NULL,
  long TEXT NOT NULL,
  kind INTEGER,
  colour TEXT NOT NULL,
  text_colour TEXT NOT NULL,
  extra TEXT NOT NULL
);
CREATE INDEX transit_route_of ON transit_route (timetable);

CREATE TABLE transit_service (
  n INTEGER PRIMARY KEY,
  timetable INTEGER NOT NULL,
  id TEXT NOT NULL,
  days TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL
);
CREATE INDEX transit_service_of ON transit_service (timetable);

CREATE TABLE transit_day (
  service INTEGER NOT NULL,
  day TEXT NOT NULL,
  kind INTEGER NOT NULL,
  PRIMARY KEY (service, day)
) WITHOUT ROWID;

CREATE TABLE transit_shape (
  n INTEGER PRIMARY KEY,
  timetable INTEGER NOT NULL,
  id TEXT NOT NULL,
  line TEXT NOT NULL
);
CREATE INDEX transit_shape_id ON transit_shape (timetable, id);

CREATE TABLE transit_trip (
  n INTEGER PRIMARY KEY,
  timetable INTEGER NOT NULL,
  id TEXT NOT NULL,
  route INTEGER NOT NULL,
  service INTEGER,
  headsign TEXT NOT NULL,
  short TEXT NOT NULL,
  direction INTEGER,
  shape TEXT NOT NULL,
  first_s INTEGER,
  headed INTEGER NOT NULL,
  extra TEXT NOT NULL
);
CREATE INDEX transit_trip_id ON transit_trip (timetable, id);

CREATE TABLE transit_call (
  trip INTEGER NOT NULL,
  number INTEGER NOT NULL,
  stop INTEGER NOT NULL,
  arrive_s INTEGER,
  depart_s INTEGER,
  headsign TEXT NOT NULL,
  flags INTEGER NOT NULL,
  PRIMARY KEY (trip, number)
) WITHOUT ROWID;
CREATE INDEX transit_call_stop ON transit_call (stop, depart_s);

CREATE TABLE transit_headway (
  trip INTEGER NOT NULL,
  start_s INTEGER NOT NULL,
  end_s INTEGER NOT NULL,
  headway_s INTEGER NOT NULL,
  exact INTEGER NOT NULL
);
CREATE INDEX transit_headway_trip ON transit_headway (trip);
