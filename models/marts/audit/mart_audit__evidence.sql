with

evidence as (

    select * from {{ ref('audit_evidence') }}

),

final as (

    select
        cast(finding_number as integer) as finding_number,
        evidence_key,
        cast(evidence_order as integer) as evidence_sort_order,
        label_nb as evidence_label_nb,
        label_en as evidence_label_en,
        evidence_value,
        text_nb as evidence_text_nb,
        text_en as evidence_text_en,
        unit as published_unit

    from evidence

)

select * from final
