with

conflicts as (

    select * from {{ ref('audit_conflict') }}

),

published as (

    select * from {{ ref('published_value') }}

),

final as (

    select
        cast(conflicts.finding_number as integer) as finding_number,
        conflicts.conflict,
        conflicts.value_id,
        published.report_place,
        published.published_value,
        published.label_nb as published_label_nb,
        published.label_en as published_label_en

    from conflicts
    left join published on conflicts.value_id = published.value_id

)

select * from final
