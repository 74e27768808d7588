with

evidence as (

    select * from {{ ref('mart_audit__evidence') }}

),

findings as (

    select * from {{ ref('mart_audit__finding') }}

),

final as (

    select
        evidence.finding_number,
        findings.finding_title_nb,
        findings.finding_title_en,
        evidence.evidence_key,
        evidence.evidence_label_nb,
        evidence.evidence_label_en,
        evidence.evidence_value,
        evidence.evidence_text_nb,
        evidence.evidence_text_en,
        evidence.published_unit,
        cast(row_number() over (
            order by evidence.finding_number, evidence.evidence_sort_order
        ) as integer) as row_sort_order

    from evidence
    inner join findings on evidence.finding_number = findings.finding_number

)

select * from final
