with

findings as (

    select * from {{ ref('audit_finding') }}

),

conflicts as (

    select * from {{ ref('audit_conflict') }}

),

verdicts as (

    select * from {{ ref('audit_verdict') }}

),

strengths as (

    select * from {{ ref('audit_strength') }}

),

conflicting as (

    select
        finding_number,
        count(distinct value_id) as n_conflicting_values
    from conflicts
    group by finding_number

),

final as (

    select
        cast(findings.finding_number as integer) as finding_number,
        findings.check_key,
        findings.place_nb as report_place_label_nb,
        findings.place_en as report_place_label_en,
        findings.title_nb as finding_title_nb,
        findings.title_en as finding_title_en,
        findings.claim_nb as finding_claim_nb,
        findings.claim_en as finding_claim_en,
        findings.strength as finding_strength,
        strengths.label_nb as finding_strength_label_nb,
        strengths.label_en as finding_strength_label_en,
        findings.verdict as audit_verdict,
        verdicts.label_nb as audit_verdict_label_nb,
        verdicts.label_en as audit_verdict_label_en,
        cast(verdicts.sort_order as integer) as audit_verdict_sort_order,
        findings.sentence_nb as finding_sentence_nb,
        findings.sentence_en as finding_sentence_en,
        coalesce(conflicting.n_conflicting_values, 0) as n_conflicting_values

    from findings
    left join verdicts on findings.verdict = verdicts.audit_verdict
    left join strengths on findings.strength = strengths.finding_strength
    left join conflicting on findings.finding_number = conflicting.finding_number

)

select * from final
