-- What is published of a cycle, row by row: the columns of schema.toml in their order, then what puts
-- the rows in their order. Figures are exact text here; the views without `exact_` have them as numbers.

CREATE VIEW exact_projects AS
SELECT
    s.file, s.form, s.year, s.department, s.unit, s.project, s.status,
    s.scores_claimed_total AS claimed_total,
    s.scores_computed_total AS computed_total,
    CASE s.status WHEN 'graded' THEN s.scores_final_total END AS final_total,
    CASE s.status WHEN 'graded' THEN s.scores_grade END AS grade,
    s.scores_funding_budget AS budget,
    s.scores_funding_executed AS executed,
    s.execution_rate,
    (SELECT count(*) FROM submissions_findings f
     WHERE f.submission = s.id AND f.severity = 'error' AND f.waiver_project IS NULL) AS errors,
    (SELECT count(*) FROM submissions_findings f
     WHERE f.submission = s.id AND f.severity = 'warning' AND f.waiver_project IS NULL) AS warnings,
    (SELECT count(*) FROM submissions_findings f
     WHERE f.submission = s.id AND f.severity = 'note' AND f.waiver_project IS NULL) AS notes,
    s.report, s.annotated,
    s.scores_policy AS policy,
    s.scores_stated_total AS stated_total,
    s.scores_stated_grade AS stated_grade,
    s.scores_funding_rate_denominator_name AS rate_denominator,
    (SELECT count(*) FROM submissions_findings f
     WHERE f.submission = s.id AND f.waiver_project IS NOT NULL) AS waived,
    s.scores_funding_rate_denominator AS rate_base,
    s.received_on, s.days_late, s.roster, s.to_review, s.reviewed_total, s.approved_budget, s.stage, s.revision,
    coalesce(s.scores_policy_mark, '') AS policy_mark,
    s.ticket, s.drawn,
    s.id AS submission
FROM submissions s;

CREATE VIEW exact_indicators AS
SELECT
    s.file, s.project, r.level1, r.level2, r.level3, r.target, r.actual, r.weight,
    r.claimed AS claimed_score,
    r.computed AS computed_score,
    r.final AS final_score,
    r.rule, r.reason,
    CASE WHEN r.place_sheet = '' THEN r.place_file
         WHEN r.place_cell = '' THEN r.place_sheet
         ELSE r.place_sheet || '!' || r.place_cell END AS place,
    s.department, s.status, r.completion, r.explanation,
    r.outcome, r.review_state, r.reviewed_score, r.reviewer, r.reviewed_on, r.review_reason,
    r.nth,
    r.submission
FROM submissions_rows r JOIN submissions s ON s.id = r.submission
WHERE s.status <> 'superseded';

CREATE VIEW exact_findings AS
SELECT
    coalesce(s.file, p.file) AS file,
    s.project,
    p.sheet,
    p.cell,
    f.code, f.severity, f.message, f.expected, f.found, f.basis, f.title, f.remedy,
    f.all_places AS places,
    s.department, s.status,
    f.waiver_approver AS waived_by,
    f.waiver_approved_on AS waived_on,
    f.waiver_reason,
    s.id IS NULL AS of_the_cycle,
    f.nth,
    f.submission
FROM submissions_findings f
JOIN submissions_findings_places p ON p.submission = f.submission AND p.nth = f.nth AND p.part = 0
LEFT JOIN submissions s ON s.id = f.submission;

CREATE VIEW exact_nodes AS
SELECT
    s.file, n.office, n.level1, n.level2,
    n.number AS level3_no,
    n.level3,
    n.name AS node,
    n.deadline, n.done_on, n.state, n.evidence, n.cause,
    n.approved_on AS approved,
    n.approver, n.new_deadline,
    n.claimed AS claimed_state,
    n.score,
    CASE WHEN n.place_sheet = '' THEN n.place_file
         WHEN n.place_cell = '' THEN n.place_sheet
         ELSE n.place_sheet || '!' || n.place_cell END AS place,
    s.status,
    s.department, s.year, n.place_sheet,
    n.nth
FROM submissions_nodes n JOIN submissions s ON s.id = n.submission
WHERE s.status <> 'superseded';

CREATE VIEW exact_deliveries AS
SELECT
    recipient, department, subject,
    (SELECT group_concat(value, '；') FROM json_each(attachments)) AS attachments,
    state, message_id, changed_at, detail,
    id
FROM delivery_rows;

CREATE VIEW exact_received AS
SELECT
    file, kind, outcome, reason, department, received_on,
    (SELECT group_concat(value, '；') FROM json_each(projects)) AS projects,
    id
FROM received_rows;

CREATE VIEW exact_changes AS
SELECT as_of, department, project, what, before, after, cause, id
FROM change_rows;

CREATE VIEW exact_reviews AS
SELECT
    project, level1, level2, level3, kind, verdict, ticket, score, reason, reviewer, confirmed_by, decided_on, in_force,
    place_file || ' ' || place_sheet || CASE WHEN place_cell = '' THEN '' ELSE '!' || place_cell END AS place,
    department,
    id
FROM review_rows;

CREATE VIEW exact_follow_up AS
SELECT
    s.file, s.form, s.year, s.department, s.unit, s.project, s.status,
    CASE s.status WHEN 'graded' THEN s.scores_grade END AS grade,
    f.severity AS kind,
    f.code, f.title, f.message, f.remedy,
    NULL AS target, NULL AS actual, NULL AS lost,
    CASE WHEN p.sheet = '' THEN p.file WHEN p.cell = '' THEN p.sheet ELSE p.sheet || '!' || p.cell END AS place,
    f.nth
FROM submissions_findings f
JOIN submissions_findings_places p ON p.submission = f.submission AND p.nth = f.nth AND p.part = 0
JOIN submissions s ON s.id = f.submission
WHERE f.waiver_project IS NULL AND substr(f.code, 1, 1) <> 'D' AND (
    (s.status = 'returned' AND f.severity = 'error')
    OR (s.status = 'graded' AND f.severity = 'warning' AND EXISTS (
        SELECT 1 FROM weak_grades w WHERE w.form = s.form AND w.grade = s.scores_grade)))
UNION ALL
SELECT
    s.file, s.form, s.year, s.department, s.unit, s.project, s.status, s.scores_grade,
    'lost',
    NULL,
    coalesce(nullif(r.level3, ''), nullif(r.level2, ''), r.level1),
    r.explanation, NULL, r.target, r.actual,
    printf('%.2f', CAST(r.weight AS REAL) - CAST(r.final AS REAL)),
    CASE WHEN r.place_cell = '' THEN r.place_sheet ELSE r.place_sheet || '!' || r.place_cell END,
    r.nth
FROM submissions_rows r JOIN submissions s ON s.id = r.submission
JOIN weak_grades w ON w.form = s.form AND w.grade = s.scores_grade
WHERE s.status = 'graded' AND CAST(r.final AS REAL) < CAST(r.weight AS REAL);
