with

findings as (

    select * from {{ ref('mart_audit__finding') }}

),

final as (

    select
        finding_number,
        report_place_label_nb,
        report_place_label_en,
        finding_title_nb,
        finding_title_en,
        audit_verdict,
        audit_verdict_label_nb,
        audit_verdict_label_en,
        finding_sentence_nb,
        finding_sentence_en,
        cast(row_number() over (order by audit_verdict_sort_order, finding_number) as integer) as row_sort_order

    from findings

)

select * from final
